/** The page's switches: a form whose named fields say how things are shown. They are kept as long as the page. */
export class Settings {
  #form;
  #facing = "user"; // which the mirror is on for

  /** `changed(name)` is called after each change. */
  constructor(form, changed) {
    this.#form = form;
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) form.elements.glide.checked = false;
    form.addEventListener("change", ({ target }) => changed(target.name));
    form.addEventListener("submit", (event) => event.preventDefault());
  }

  /** { camera: id, resolution: pixels, mirror, glide, smooth, corner, explain } */
  get values() {
    const fields = [...this.#form.elements].filter(({ name }) => name);
    const values = Object.fromEntries(fields.map((field) => [field.name, field.type === "checkbox" ? field.checked : field.value]));
    return { ...values, resolution: Number(values.resolution) };
  }

  /** Turns the mirror where a camera looks another way than the last: at the user as in a mirror, not at the world. */
  face(facing) {
    if (!["user", "environment"].includes(facing) || facing === this.#facing) return;
    this.#facing = facing;
    this.#form.elements.mirror.checked = facing === "user";
  }

  /** Offers `cameras` ({ id, name }), with the one that is `playing` chosen. */
  offer(cameras, playing) {
    const options = cameras.map(({ id, name }) => new Option(name, id, false, id === playing));
    this.#form.elements.camera.replaceChildren(...options);
  }
}
