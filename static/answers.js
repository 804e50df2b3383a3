/** What the server answers, in the page's own terms. No DOM in here. */

/** The faces of an answer as { box, landmarks, said, explain }; `said` is { network: prediction }. */
export function facesOf(answer) {
  return answer.faces.map((face) => ({
    box: face.box,
    landmarks: face.landmarks ?? [],
    said: Object.fromEntries(predictions(face)),
    explain: face.explain,
  }));
}

/** The networks' answers among a face's facts, as [name, prediction]; ages, which take more words, come last. */
export function predictions(face) {
  return Object.entries(face)
    .filter(([, fact]) => fact !== null && typeof fact === "object" && "label" in fact)
    .sort(([, a], [, b]) => ("years" in a) - ("years" in b));
}
