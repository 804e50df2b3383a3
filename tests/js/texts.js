import { readFileSync } from "node:fs";

/** The texts of a language. */
export function textsOf(language) {
  return JSON.parse(readFileSync(new URL(`../../static/texts/${language}.json`, import.meta.url)));
}
