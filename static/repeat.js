/** Makes `parent` hold `count` clones of the element in `template`, keeps those it has, and returns them. */
export function repeat(parent, template, count) {
  while (parent.children.length > count) parent.lastElementChild.remove();
  while (parent.children.length < count) parent.append(template.content.firstElementChild.cloneNode(true));
  return [...parent.children];
}
