import { facesOf } from "./answers.js";
import { Smooth } from "./smooth.js";
import { Tracks } from "./tracks.js";

const WIDTH = 1_000; // of the pictures that faces are followed in, whatever the width of those that were sent

/** A run of the camera: from answer to answer, faces keep their numbers and scores change smoothly. No DOM in here. */
export class Session {
  #tracks = new Tracks();
  #smooth = new Smooth();

  /** What is shown of an answer that came at `now` (ms): { width, height, faces }, in the order of their numbers. */
  take(answer, now, { smooth = true } = {}) {
    const faces = facesOf(answer);
    const numbers = this.#tracks.number(faces.map(({ box }) => scaled(box, WIDTH / answer.width)), now);
    const shown = faces.map((face, i) => {
      const mean = this.#smooth.mean(numbers[i], face.said, now); // goes on when it is not shown
      return { ...face, number: numbers[i], said: smooth ? mean : face.said };
    });
    return { width: answer.width, height: answer.height, faces: shown.sort((a, b) => a.number - b.number) };
  }
}

function scaled(box, factor) {
  return Object.fromEntries(Object.entries(box).map(([side, at]) => [side, at * factor]));
}
