// The submit page. Without this script its form works as any form does.

import { hopeless, limitsOf, problemOf } from "./checks.js";
import { readHeader } from "./header.js";
import { scaledDown } from "./scale.js";
import { send } from "./send.js";
import { Address, listen } from "./sources.js";
import { makeTile } from "./tile.js";

const AT_A_TIME = 3;

/** The form with the pictures that are chosen, and where each of them stands. */
class Submission {
  constructor(form) {
    this.form = form;
    this.words = form.dataset;
    this.limits = limitsOf(form);
    this.list = form.querySelector(".chosen");
    this.button = form.querySelector("[type=submit]");
    this.keep = form.querySelector("[data-keep]");
    this.status = form.querySelector("[data-status]");
    /** @type {{file: File, key: string, header: object | null, state: string, tile: object}[]} */
    this.pictures = [];
    this.target = null;
    this.sending = false;
    this.reading = Promise.resolve();
    this.number = new Intl.NumberFormat(document.documentElement.lang);
  }

  start() {
    listen(this.form, (files) => this.add(files));
    this.keep.addEventListener("change", () => this.pictures.forEach((one) => this.check(one)));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    window.addEventListener("beforeunload", (event) => {
      if (this.sending) event.preventDefault();
    });
    // The page comes back from the browser's history as it was left.
    window.addEventListener("pageshow", (event) => {
      if (event.persisted) window.location.reload();
    });
  }

  /** Take in files that are not there yet, one lot after the other. */
  add(files) {
    this.reading = this.reading.then(() => this.sending || this.addAll(files));
  }

  async addAll(files) {
    const known = new Set(this.pictures.map((one) => identity(one.file)));
    const fresh = files.filter((file) => !known.has(identity(file)));
    await Promise.all(fresh.map((file) => this.addOne(file)));
    this.tell(this.summary());
  }

  async addOne(file) {
    const picture = { file, key: newKey(), header: null, state: "ready" };
    picture.tile = makeTile(this.form.querySelector("[data-tile]"), file, {
      remove: () => this.remove(picture),
      retry: () => this.retry(picture),
    });
    this.pictures.push(picture);
    this.list.append(picture.tile.element);
    picture.header = file instanceof Address ? null : await readHeader(file);
    this.check(picture);
  }

  /** Note whether a picture can be sent; a large one can if it may be scaled down. */
  check(picture) {
    if (!["ready", "wrong"].includes(picture.state)) return;
    const judge = this.keep.checked ? problemOf : hopeless;
    const isAddress = picture.file instanceof Address; // the server looks at those
    this.mark(picture, isAddress ? "" : judge(picture.file, picture.header, this.limits));
    this.tell(this.summary());
  }

  mark(picture, code) {
    const good = picture.file instanceof Address ? new URL(picture.file.url).host : this.megabytes(picture.file.size);
    const note = code ? this.problem(code) : good;
    this.show(picture, code ? "wrong" : "ready", note);
  }

  show(picture, state, note) {
    picture.state = state;
    picture.tile.show(state, note);
  }

  remove(picture) {
    const next = picture.tile.element.nextElementSibling ?? picture.tile.element.previousElementSibling;
    this.pictures = this.pictures.filter((other) => other !== picture);
    picture.tile.element.remove();
    (next?.querySelector("[data-part=remove]") ?? this.button).focus();
    this.tell(this.summary());
  }

  count(...states) {
    return this.pictures.filter((one) => states.includes(one.state)).length;
  }

  /** Send what can be sent, then go to where the results appear. */
  async submit() {
    if (this.sending || !this.form.reportValidity()) return;
    await this.reading; // whoever presses at once may be faster than the files
    const ready = this.pictures.filter((one) => ["ready", "failed"].includes(one.state));
    if (!ready.length) return this.tell(this.words.none, true);
    if (ready.length > Number(this.words.maxJobs)) return this.tell(this.words.tooMany, true);
    this.setSending(true);
    if (await this.open(ready.length)) await this.sendAll(ready);
    this.setSending(false);
    this.leave();
  }

  /** Have the server open a batch, unless there is one already, or only one picture. */
  async open(jobs) {
    if (this.target?.files.startsWith(`${this.words.start}/`)) return true;
    this.jobs = jobs;
    this.target = { files: this.words.alone, page: "" };
    if (jobs === 1) return true;
    const answer = await send(this.words.start, this.fields(), { waiting: (one) => this.wait(one) });
    if (answer.status === 201) this.target = answer.body;
    else this.tell(answer.body.problem || this.words.failed, true);
    return answer.status === 201;
  }

  async sendAll(pictures) {
    const waiting = [...pictures];
    const lane = async () => {
      while (waiting.length) await this.sendOne(waiting.shift());
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, lane));
  }

  async sendOne(picture) {
    this.show(picture, "sending", this.words.sending);
    const fields = await this.fieldsOf(picture);
    const answer = await send(this.target.files, fields, {
      progress: picture.tile.progress,
      waiting: (one) => this.wait(one),
    });
    this.settle(picture, answer);
  }

  settle(picture, answer) {
    if (answer.status === 201) {
      this.show(picture, "sent", answer.body.problem || this.words.sent);
      if (!this.target.page) this.target.page = answer.body.page;
    } else if ([400, 413].includes(answer.status)) {
      this.show(picture, "wrong", answer.body.problem || this.words.failed); // another try changes nothing
    } else {
      const offline = answer.status === 0 ? this.words.offline : this.words.failed;
      this.show(picture, "failed", answer.body.problem || offline);
    }
    this.tell(this.summary());
  }

  async retry(picture) {
    if (this.sending) return;
    this.setSending(true);
    await this.sendOne(picture);
    this.setSending(false);
    this.leave();
  }

  /** Go to the page of the job or batch once everything is in. */
  leave() {
    if (this.count("failed")) return this.offerWayOut();
    if (this.target?.page && this.count("sent")) window.location.assign(this.target.page);
  }

  /** Some could not be sent: they may be retried, but the others need not wait. */
  offerWayOut() {
    const link = this.form.querySelector("[data-way-out]");
    link.hidden = !this.count("sent");
    link.href = this.target.page;
    this.tell(this.words.someFailed, true);
  }

  async fieldsOf(picture) {
    const fields = this.fields();
    fields.set("key", picture.key);
    if (picture.file instanceof Address) {
      fields.set("image_url", picture.file.url);
      return fields;
    }
    const file = this.keep.checked ? picture.file : await scaledDown(picture.file, picture.header);
    fields.set("image", file, picture.file.name);
    return fields;
  }

  fields() {
    const fields = new FormData(this.form);
    fields.delete("images");
    fields.delete("image_url");
    fields.set("jobs", String(this.jobs));
    return fields;
  }

  setSending(sending) {
    this.sending = sending;
    this.form.classList.toggle("is-sending", sending);
    for (const part of document.querySelectorAll(".drop, .options, .try")) part.inert = sending;
    this.keep.disabled = sending;
    this.button.disabled = sending;
    this.button.querySelector("[data-label]").textContent = sending ? this.words.sending : this.words.classify;
    this.tell(this.summary());
  }

  wait(answer) {
    this.tell(answer.status === 0 ? this.words.offlineWaiting : answer.body.problem || this.words.failed);
  }

  summary() {
    const all = this.pictures.length - this.count("wrong");
    if (this.sending || this.count("sent")) {
      return fill(this.words.progress, { sent: this.number.format(this.count("sent")), all: this.number.format(all) });
    }
    if (!this.pictures.length) return "";
    const bytes = this.pictures.reduce((sum, one) => sum + one.file.size, 0);
    const chosen = fill(this.words.chosen, { count: this.number.format(all), size: this.megabytes(bytes) });
    const wrong = this.count("wrong");
    return wrong ? `${chosen} ${fill(this.words.unusable, { count: this.number.format(wrong) })}` : chosen;
  }

  tell(text, isProblem = false) {
    this.status.textContent = text;
    this.status.classList.toggle("is-problem", isProblem);
  }

  problem(code) {
    return this.form.querySelector(`[data-problems] [data-code=${code}]`).textContent;
  }

  megabytes(bytes) {
    const unit = bytes < 100_000 ? ["kilobyte", 1_000] : ["megabyte", 1_000_000];
    const style = { style: "unit", unit: unit[0], maximumFractionDigits: 1 };
    return new Intl.NumberFormat(document.documentElement.lang, style).format(bytes / unit[1]);
  }
}

function identity(file) {
  return [file.url, file.webkitRelativePath, file.name, file.size, file.lastModified].join("/");
}

function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

const form = document.querySelector("[data-submit]");
if (form) new Submission(form).start();
