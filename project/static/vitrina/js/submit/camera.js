// Taking a photograph: with the camera of a phone, or in a dialog on a laptop.

/**
 * Set up the button of a form that takes a photograph.
 * @param {HTMLElement} form
 * @param {(files: File[]) => void} take called with the photograph
 */
export function setUpCamera(form, take) {
  const button = form.querySelector("[data-camera]");
  const phone = form.querySelector("[data-camera-phone]");
  const isPhone = window.matchMedia("(pointer: coarse) and (hover: none)").matches;
  phone.addEventListener("change", () => {
    take([...phone.files]);
    phone.value = "";
  });
  const dialog = document.querySelector("[data-camera-dialog]");
  const shoot = () => new Shooting(dialog, take).start();
  button.addEventListener("click", () => (isPhone ? phone.click() : shoot()));
}

/** One use of the dialog: from asking for the camera to letting it go. */
class Shooting {
  constructor(dialog, take) {
    this.dialog = dialog;
    this.take = take;
    this.video = dialog.querySelector("video");
    this.problem = dialog.querySelector("[data-part=problem]");
    this.shutter = dialog.querySelector("[data-part=shutter]");
  }

  async start() {
    const over = new AbortController();
    this.dialog.addEventListener("close", () => { over.abort(); this.stop(); }, { once: true });
    this.shutter.addEventListener("click", () => this.shoot(), { signal: over.signal });
    this.shutter.disabled = true;
    this.problem.hidden = true;
    this.dialog.showModal();
    try {
      const video = { facingMode: "environment", width: { ideal: 1920 } };
      this.stream = await navigator.mediaDevices.getUserMedia({ video });
      if (over.signal.aborted) return this.stop();
      this.video.srcObject = this.stream;
      await this.video.play();
      this.shutter.disabled = false;
      this.shutter.focus();
    } catch {
      this.problem.hidden = false; // no camera, or it was not allowed
    }
  }

  async shoot() {
    const canvas = document.createElement("canvas");
    canvas.width = this.video.videoWidth;
    canvas.height = this.video.videoHeight;
    canvas.getContext("2d").drawImage(this.video, 0, 0);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.92));
    const name = `${this.dialog.dataset.name}-${Date.now()}.jpg`;
    if (blob) this.take([new File([blob], name, { type: "image/jpeg" })]);
    this.dialog.close();
  }

  stop() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.video.srcObject = null;
  }
}
