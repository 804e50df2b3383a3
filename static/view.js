import { Announcer } from "./announcer.js";
import { spoken, summary, texts } from "./messages.js";
import { Overlay } from "./overlay.js";
import { Readings } from "./readings.js";

/** The page's elements and the states it shows: idle, starting, live, photo, trouble. */
export class View {
  #parts;
  #overlay;
  #readings;
  #announcer;

  constructor(parts, titles) {
    this.#parts = parts;
    this.#overlay = new Overlay(parts.overlay, { face: parts["face-template"], tag: parts["tag-template"] });
    const templates = { reading: parts["reading-template"], fact: parts["fact-template"] };
    this.#readings = new Readings(parts.readings, templates, titles);
    this.#announcer = new Announcer(parts.announcer);
    this.idle();
  }

  idle() {
    this.#enter("idle", texts.idle);
  }

  starting() {
    this.#enter("starting", texts.starting);
  }

  live() {
    this.#enter("live", texts.looking);
    this.#parts.stop.textContent = texts.stop;
    this.#parts.stop.focus();
  }

  photo(url) {
    this.#enter("photo", texts.looking);
    this.#parts.photo.src = url;
    this.#parts.stop.textContent = texts.close;
    this.#parts.stop.focus();
  }

  trouble({ title, text }) {
    this.#enter("trouble", texts.idle);
    const heading = document.createElement("h2");
    heading.textContent = title;
    const paragraph = document.createElement("p");
    paragraph.textContent = text;
    this.#parts.trouble.append(heading, paragraph);
    this.#parts.start.focus();
  }

  show(answer, ms, mirrored) {
    this.#notice("");
    this.#parts.status.textContent = summary(answer, ms);
    this.#overlay.show(answer, mirrored);
    this.#readings.show(answer);
    this.#announcer.say(spoken(answer));
  }

  /** Says why there is no answer; what was answered before is no longer true. */
  lose(text) {
    this.#parts.status.textContent = texts.lost;
    this.#overlay.clear();
    this.#readings.fade(true);
    this.#notice(text);
  }

  #enter(state, status) {
    this.#parts.stage.dataset.state = state;
    this.#parts.status.textContent = status;
    this.#parts.start.disabled = state === "starting";
    this.#parts.trouble.replaceChildren();
    this.#parts.photo.removeAttribute("src");
    this.#overlay.clear();
    this.#readings.clear();
    this.#announcer.hush();
    this.#notice("");
  }

  #notice(text) {
    this.#parts.notice.hidden = text === "";
    this.#parts.notice.textContent = text;
  }
}
