import { failed } from "./album.js";
import { Announcer } from "./announcer.js";
import { Corner } from "./corner.js";
import { Gallery } from "./gallery.js";
import { Overlay } from "./overlay.js";
import { Readings } from "./readings.js";
import { snapshot } from "./snapshot.js";
import { Table } from "./table.js";
import { Timeline } from "./timeline.js";

/** The page's elements and the states it shows: idle, starting, live, photo, trouble. */
export class View {
  #parts;
  #messages;
  #overlay;
  #readings;
  #table;
  #announcer;
  #corner;
  #gallery;
  #timeline;
  #known = []; // of the photo that is shown

  /** `last`: the highest year that a network knows, by its name. */
  constructor(parts, messages, last) {
    this.#parts = parts;
    this.#messages = messages;
    const template = (name) => parts[`${name}-template`];
    this.#corner = new Corner(parts.corner);
    this.#overlay = new Overlay(parts.overlay, { face: template("face"), tag: template("tag") }, messages, { ticked: (now) => this.#corner.tick(now), aged: () => this.#age(this.#messages.status.looking) });
    const templates = { reading: template("reading"), fact: template("fact"), bar: template("bar") };
    this.#readings = new Readings(parts.readings, templates, messages, last);
    this.#table = new Table(parts.table, template("row"), messages);
    this.#announcer = new Announcer(parts.announcer);
    const cells = { band: template("band"), legend: template("legend"), head: template("head"), sum: template("sum"), cell: template("cell") };
    this.#timeline = new Timeline(parts, cells, messages);
    this.#gallery = new Gallery(parts.gallery, template("thumbnail"));
    parts.photo.addEventListener("load", () => (parts.snapshot.disabled = false));
    parts.photo.addEventListener("error", () => (parts.snapshot.disabled = true));
    this.idle();
  }

  idle() {
    this.#enter("idle", this.#messages.status.idle);
  }

  starting() {
    this.#enter("starting", this.#messages.status.starting);
    this.#offerEnd(this.#messages.status.stop);
  }

  live() {
    this.#enter("live", this.#messages.status.looking);
  }

  photo() {
    this.#enter("photo", this.#messages.status.looking);
    this.#offerEnd(this.#messages.status.close);
  }

  trouble({ title, text, status = this.#messages.status.idle }) {
    this.#enter("trouble", status);
    const heading = document.createElement("h2");
    heading.textContent = title;
    const paragraph = document.createElement("p");
    paragraph.textContent = text;
    this.#parts.trouble.append(heading, paragraph);
    this.#focus(this.#parts.start);
  }

  /** Shows { width, height, faces } that were answered in `ms`, with a notice if there is one. Options: see Overlay. */
  show(shown, ms, options, notice = "") {
    this.#notice(notice);
    this.#parts.status.textContent = this.#messages.summary(shown.faces.length, ms);
    this.#overlay.show(shown, options);
    this.#readings.show(shown.faces);
    this.#table.show(shown.faces);
    this.#announcer.say(this.#messages.spoken(shown.faces));
  }

  /** Says why there is no answer. */
  lose(status, text) {
    this.#overlay.clear();
    this.#age(status);
    this.#notice(text);
  }

  /** Shows an album's photos and what is known of the chosen one. Options: `landmarks`. */
  album(album, options = {}) {
    const { photos, photo, current } = album;
    const noted = photos.map((one) => ({ url: one.url, name: one.name, note: this.#note(one) }));
    this.#gallery.show(noted, current, (index) => album.pick(index));
    if (this.#parts.photo.src !== photo.url) {
      this.#parts.photo.src = photo.url;
      this.#announcer.hush();
    }
    this.offer(album);
    const known = [photo.url, photo.shown, photo.error, photo.wait];
    if (known.every((fact, i) => fact === this.#known[i])) return; // who reads it keeps the place
    this.#known = known;
    this.#table.clear();
    const notice = this.#missing(photo);
    if (photo.shown) this.show(photo.shown, photo.ms, options, notice);
    else this.#blank(photo.error ? this.#messages.failed(photo.error) : this.#messages.status.looking, notice);
  }

  /** The picture with its faces as a PNG; null where there is no picture. */
  snapshot({ mirror }) {
    const live = this.#parts.stage.dataset.state === "live";
    return snapshot(live ? this.#parts.video : this.#parts.photo, this.#overlay.marks(), live && mirror);
  }

  /** Shows a run's history. */
  past(history) {
    this.#timeline.show(history);
    this.offer(history);
  }

  /** Offers samples for download, where there are any. */
  offer({ samples }) {
    for (const name of ["csv", "json"]) this.#parts[name].disabled = samples.length === 0;
    if (document.activeElement?.disabled) this.#parts.stop.focus();
  }

  figures(figures) {
    this.#corner.show(figures);
  }

  /** Turns switches into what is seen. */
  set({ mirror, corner }) {
    this.#parts.stage.classList.toggle("mirrored", mirror);
    this.#overlay.mirror(mirror);
    this.#corner.hide(!corner);
  }

  #offerEnd(text) {
    this.#parts.stop.textContent = text;
    this.#focus(this.#parts.stop);
  }

  /** Moves the focus where it would be lost, and only there: who is busy elsewhere stays there. */
  #focus(element) {
    const at = document.activeElement;
    if (at && at !== document.body && visible(at) && !at.disabled) return;
    element.focus();
    this.#parts.stage.scrollIntoView({ block: "nearest" }); // a low window may have been scrolled to a button
  }

  /** What was answered is no longer true; the same faces are told anew with the next answer. */
  #age(status) {
    this.#parts.status.textContent = status;
    this.#table.clear();
    this.#announcer.hush();
    this.#readings.fade(true);
  }

  #note(photo) {
    if (failed(photo)) return this.#messages.unanswered;
    const { shown } = photo;
    return shown ? this.#messages.count(shown.faces.length) : "…";
  }

  /** Why a photo is not answered, if so. */
  #missing({ error, wait }) {
    if (wait) return this.#messages.liveTrouble(error, wait);
    return error ? this.#messages.explain(error) : "";
  }

  #enter(state, status) {
    this.#parts.stage.dataset.state = state;
    this.#parts.snapshot.disabled = state !== "live"; // a photo has to be there first
    this.#parts.trouble.replaceChildren();
    this.#parts.photo.removeAttribute("src");
    this.#gallery.clear();
    this.#blank(status);
  }

  #blank(status, notice = "") {
    this.#parts.status.textContent = status;
    this.#overlay.clear();
    this.#readings.clear();
    this.#table.clear();
    this.#announcer.hush();
    this.#notice(notice);
  }

  /** A text that is written again would be read out again. */
  #notice(text) {
    if (this.#parts.notice.textContent !== text) this.#parts.notice.textContent = text;
  }
}

/** As far as browsers without checkVisibility (Firefox before 106, Safari before 17.4) tell. */
function visible(element) {
  return element.checkVisibility?.({ checkVisibilityCSS: true }) ?? element.getClientRects().length > 0;
}
