import { facesOf } from "./answers.js";
import { place } from "./geometry.js";
import { Smooth } from "./smooth.js";
import { Tracks } from "./tracks.js";

const SQUARE = { width: 1_000, height: 1_000 }; // that faces are followed in, whatever the size of the pictures

/** A run of the camera: from answer to answer, faces keep their numbers and scores change smoothly. No DOM in here. */
export class Session {
  #tracks = new Tracks();
  #smooth = new Smooth();

  /** What is shown of an answer that came at `now` (ms): { width, height, faces }, in the order of their numbers. */
  take(answer, now, { smooth = true } = {}) {
    const faces = facesOf(answer);
    const numbers = this.#tracks.number(faces.map(({ box }) => place(box, answer, SQUARE)), now);
    const shown = faces.map((face, i) => {
      const mean = this.#smooth.mean(numbers[i], face.said, now); // goes on when it is not shown
      return { ...face, number: numbers[i], said: smooth && !face.explain ? mean : face.said }; // what is explained is shown
    });
    return { width: answer.width, height: answer.height, faces: shown.sort((a, b) => a.number - b.number) };
  }
}
