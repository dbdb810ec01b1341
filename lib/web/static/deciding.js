// A person's word on a text: yes, no, another text, somebody else's word, or out with it.
import { get, post } from "/api.js";
import { ask } from "/ask.js";
import { changed, toast } from "/page.js";
import { openPublishing } from "/publishing.js";
import { say, when } from "/words.js";

const WAITING = ["needs_review", "pending_approval"];
const OPEN = [...WAITING, "draft", "pending_publish"];
const DECIDABLE = { approve: WAITING, edit: OPEN, reject: OPEN, link: WAITING, publish: ["draft", "published"] };

export const canDecide = (verb, { status }) => DECIDABLE[verb].includes(status);

/** `redraw` is called with the text as it is then. */
export const decide = (verb, content, redraw) => DEEDS[verb](content, redraw);

async function approve({ id, version }, redraw) {
  try {
    const { content } = await post("/api/content/approve", { contentId: id, version });
    redraw(content);
    toast(say("approved"));
    changed();
  } catch (problem) {
    await readAgain(problem, id, redraw);
  }
}

/** Somebody was faster: show what there is now, and say so. */
export async function readAgain(problem, id, redraw) {
  if (!["content_version", "content_status"].includes(problem.code)) throw problem;
  redraw((await get(`/api/contents/${id}`)).content);
  toast(say("changedMeanwhile"));
  changed();
}

const DEEDS = {
  approve,
  async reject({ id }, redraw) {
    const line = { name: "note", label: say("noteOptional") };
    ask({ title: say("rejectTitle"), words: say("rejectWords"), yes: say("reject"), line }, async (note) => {
      const { content } = await post("/api/content/reject", { contentId: id, note });
      toast(say("rejected"));
      changed();
      return () => redraw(content);
    });
  },
  async link({ id }) {
    const { url, expiresAt } = await post("/api/content/approval-link", { contentId: id });
    const line = { name: "link", label: say("link"), value: url, kind: "shown" };
    ask({ title: say("linkTitle"), words: say("linkWords", { when: when(expiresAt) }), yes: say("done"), line }, async () => {});
  },
  publish: (content, redraw) => openPublishing(content, redraw),
};
