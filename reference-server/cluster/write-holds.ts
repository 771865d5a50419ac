import type { Store } from '../stores/store.ts';

/** The holds of writes that pauses asked for, until somebody releases them all. */
export class WriteHolds {
  readonly #holds: Promise<() => void>[] = [];

  /** Resolves when no write is under way and none begins. Rejects when the store cannot hold: then nothing is held. */
  async add(store: Pick<Store, 'holdWrites'> | null): Promise<void> {
    const hold = store?.holdWrites?.();
    if (hold === undefined) return;
    // Noted before it holds: whoever gives up waiting for it releases it all the same.
    this.#holds.push(hold);
    await hold;
  }

  release(): void {
    for (const hold of this.#holds.splice(0)) {
      hold.then(
        (release) => {
          release();
        },
        // Told to who asked for it.
        () => undefined,
      );
    }
  }
}
