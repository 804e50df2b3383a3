/** All words that the page adds to its HTML. Labels and scores come from the answers, networks' titles from their cards. */

const LANGUAGE = "en";
const percent = new Intl.NumberFormat(LANGUAGE, { style: "percent" });
const whole = new Intl.NumberFormat(LANGUAGE, { maximumFractionDigits: 0 });

const CAMERA = {
  insecure: {
    title: "The camera needs a secure address",
    text: "Browsers hand a camera only to pages over HTTPS or from this very computer. Open this page with https:// or as http://localhost. Photos work here all the same.",
  },
  unsupported: {
    title: "This browser offers no camera",
    text: "It gives web pages no access to cameras. Use a current Firefox, Chrome, Edge or Safari, or use a photo.",
  },
  denied: {
    title: "The camera is not allowed",
    text: "Allow it for this page in the browser, by the sign beside the address, then start again. On a phone or a Mac the system's own privacy settings may forbid it too.",
  },
  missing: {
    title: "No camera was found",
    text: "Plug one in or switch it on, then start again. A photo needs none.",
  },
  busy: {
    title: "The camera is busy",
    text: "Another program or tab seems to use it. Close that one, then start again.",
  },
  lost: {
    title: "The camera went away",
    text: "It was unplugged or taken by another program. Bring it back, then start again.",
  },
  unknown: {
    title: "The camera did not start",
    text: "The browser does not say why. Start again, or use a photo.",
  },
};

export const texts = {
  idle: "Camera off",
  starting: "Waiting for your permission …",
  looking: "Looking for faces …",
  stop: "Stop camera",
  close: "Close photo",
  lost: "No answer",
};

export function cameraTrouble(reason) {
  return CAMERA[reason];
}

export function photoTrouble(error) {
  return { title: "This photo was not analysed", text: explain(error) };
}

/** Why frames are not answered, and when the next is tried. */
export function liveTrouble(error, wait) {
  return `${explain(error)} Next try in ${inSeconds(wait)}.`;
}

function explain(error) {
  return "status" in error ? `The server says: ${sentence(error.message)}` : "The server does not answer. Is it running?";
}

function sentence(text) {
  return text.replace(/\.?\s*$/, ".");
}

function inSeconds(ms) {
  return ms <= 1000 ? "a second" : `${whole.format(ms / 1000)} seconds`;
}

export function count(faces) {
  return faces === 0 ? "No face" : faces === 1 ? "1 face" : `${faces} faces`;
}

/** "2 faces · answered in 48 ms" */
export function summary(answer, ms) {
  return `${count(answer.faces.length)} · answered in ${whole.format(ms)} ms`;
}

export function faceName(index) {
  return `Face ${index + 1}`;
}

/** A prediction in words, by the parts that a row shows. */
export function fact(heading, { label, score, years, interval }) {
  const aged = years !== undefined;
  return {
    heading,
    value: aged ? `${whole.format(years)} years` : label,
    score: aged ? `${label}: ${percent.format(score)}` : percent.format(score),
    more: aged && interval ? `four times in five between ${range(interval, " and ")}` : "",
    part: score,
  };
}

/** A prediction in as few words as will do, for the tag at a face. */
export function brief({ label, score, years, interval }) {
  if (years === undefined) return `${label} ${percent.format(score)}`;
  return interval ? `${whole.format(years)} years (${range(interval, "–")})` : `${whole.format(years)} years`;
}

function range([low, high], between) {
  return `${whole.format(low)}${between}${whole.format(high)}`;
}

/** All faces in one text to be read out. */
export function spoken(answer) {
  const faces = answer.faces.map((face, index) => `${faceName(index)}: ${predictions(face).map(([, p]) => brief(p)).join(", ")}`);
  return [count(answer.faces.length), ...faces].join(". ");
}

/** The networks' answers among a face's facts, as [name, prediction]; ages, which take more words, come last. */
export function predictions(face) {
  return Object.entries(face)
    .filter(([, fact]) => fact !== null && typeof fact === "object" && "label" in fact)
    .sort(([, a], [, b]) => ("years" in a) - ("years" in b));
}
