export class EventRecorder {
  constructor(_options: object) {}
  event(_event: object): void {}
  async stop(): Promise<void> {}
}
