/** What the server answers, in the page's own terms. No DOM in here. */

/** The faces of an answer as { box, score, landmarks, said, explain }; `said` is { network: prediction }, in the page's order. */
export function facesOf(answer) {
  return answer.faces.map((face) => ({
    box: face.box,
    score: face.score,
    landmarks: face.landmarks,
    said: Object.fromEntries(predictions(face)),
    explain: face.explain,
  }));
}

/** The networks' answers among a face's facts, as [name, prediction], in the page's order. */
export function predictions(face) {
  return Object.entries(face)
    .filter(([, fact]) => fact !== null && typeof fact === "object" && "label" in fact)
    .sort(byNetwork);
}

/** Orders [name, what it said]: by name, whatever the answer's order; ages, which take more words, come last. */
export function byNetwork([a, one], [b, other]) {
  return ("years" in one) - ("years" in other) || (a < b ? -1 : 1);
}
