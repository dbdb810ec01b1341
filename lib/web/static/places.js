// Where can be published to: the accounts, as last heard, and what each platform takes.
import { get } from "/api.js";
import { sayOne } from "/words.js";

export let accounts = [];
export let platforms = new Map();

export async function loadAccounts() {
  ({ accounts } = await get("/api/accounts"));
  return accounts;
}

export async function loadPlatforms() {
  if (!platforms.size) platforms = new Map((await get("/api/platforms")).platforms.map((it) => [it.platform, it]));
  return platforms;
}

/** The accounts that take a kind of text; call after both were loaded. */
export const takers = (kind) => accounts.filter(({ platform }) => platforms.get(platform)?.kinds.includes(kind));

export const isLost = ({ status }) => status === "needs_reauth" || status === "disabled";

/** A platform's own name for its accounts often says where they are; ours is added all the same. */
export const named = ({ name, accountName, platform }) => `${name ?? accountName} · ${sayOne("platforms", platform)}`;

/** The same of an account's id; nothing for one that is not there any more. */
export function nameOf(id) {
  const account = accounts.find((it) => it.id === id);
  return account ? named(account) : "";
}
