import { Messages } from "./messages.js";
import { Page } from "./page.js";

function pairs(selector, pair) {
  return Object.fromEntries([...document.querySelectorAll(selector)].map(pair));
}

const texts = await fetch(new URL(`texts/${document.documentElement.lang}.json`, import.meta.url));
const titles = pairs("[data-network]", (element) => [element.dataset.network, element.textContent]);
const last = pairs("[data-last]", (element) => [element.dataset.network, Number(element.dataset.last)]);
new Page(pairs("[id]", (element) => [element.id, element]), new Messages(await texts.json(), titles), last);
document.querySelector(".slow").remove();
document.querySelector("main").inert = false; // until now a click would have been lost
