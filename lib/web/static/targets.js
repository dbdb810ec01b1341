// Where a text goes: the accounts that take its kind, to be ticked.
import { element } from "/page.js";
import { isLost, named, takers } from "/places.js";
import { sayOne } from "/words.js";

/** Boxes named `name` for the accounts that take this `kind`. */
export const boxes = (name, kind, ticked) => takers(kind).map((account) => box(name, account, ticked.includes(account.id)));

export const tickedIn = (place) => [...place.querySelectorAll("input:checked")].map(({ value }) => value);

function box(name, account, checked) {
  const input = element("input", { type: "checkbox", name, value: account.id, checked });
  const label = element("label", { className: "choice" }, input, element("span", { textContent: named(account) }));
  if (isLost(account)) label.append(element("small", { textContent: sayOne("accountStatus", account.status) }));
  return label;
}
