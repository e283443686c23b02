// Something that is to follow a movement: soon, never twice at once, and always once more after the last step.

const PAUSE_MS = 80;

export class Pace {
  constructor(act) {
    this.act = act;
    this.wanted = false;
    this.running = false;
  }

  want() {
    this.wanted = true;
    if (!this.running) this.run();
  }

  async run() {
    this.running = true;
    try {
      while (this.wanted) {
        await new Promise((done) => setTimeout(done, PAUSE_MS));
        this.wanted = false;
        await this.act();
      }
    } finally {
      this.running = false;
      if (this.wanted) this.run(); // what has failed was an earlier step
    }
  }
}
