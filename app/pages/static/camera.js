// A picture taken with the camera. Its button is there only where there is a camera that a page may use.

const QUALITY = 0.92;

export class Camera {
  // `onPicture` is called with the file.
  constructor(element, onPicture) {
    this.button = element.querySelector("button");
    this.dialog = element.querySelector("dialog");
    this.video = element.querySelector("video");
    this.error = element.querySelector(".refusal");
    this.onPicture = onPicture;
    this.button.addEventListener("click", () => this.open());
    this.dialog.querySelector(".primary").addEventListener("click", () => this.take());
    this.dialog.querySelector(".cancel").addEventListener("click", () => this.dialog.close());
    this.dialog.addEventListener("close", () => this.release());
    this.offer(navigator.mediaDevices); // browsers have it under HTTPS and on localhost alone
  }

  async offer(devices) {
    if (!devices) return;
    const look = async () => {
      const found = await devices.enumerateDevices();
      this.button.hidden = !found.some(({ kind }) => kind === "videoinput");
    };
    devices.addEventListener("devicechange", look);
    await look();
  }

  async open() {
    this.error.hidden = true;
    this.dialog.showModal();
    try {
      // A phone's camera that looks away from the person; other devices take the one they have.
      const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      this.video.srcObject = stream;
      if (this.dialog.open) await this.video.play();
      else this.release();
    } catch (error) {
      if (!this.dialog.open) return;
      this.dialog.close();
      this.error.textContent = `The camera cannot be used: ${error.message}`;
      this.error.hidden = false;
    }
  }

  async take() {
    const { videoWidth: width, videoHeight: height } = this.video;
    if (!width) return; // it has not shown anything yet
    const canvas = new OffscreenCanvas(width, height);
    canvas.getContext("2d").drawImage(this.video, 0, 0);
    this.dialog.close();
    const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
    this.onPicture(new File([blob], "camera.jpg", { type: blob.type }));
  }

  release() {
    for (const track of this.video.srcObject?.getTracks() ?? []) track.stop();
    this.video.srcObject = null;
  }
}
