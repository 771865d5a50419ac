/** What every backend must keep. A new backend calls this with a way to open a fresh, empty store. */
import type { Test } from 'tap';
import type { Store } from '../store.ts';
import { appendContract } from './append-contract.ts';
import { changeContract } from './change-contract.ts';
import { idempotencyContract } from './idempotency-contract.ts';
import { lifeContract } from './life-contract.ts';
import { readContract } from './read-contract.ts';
import { tenancyContract } from './tenancy-contract.ts';

export type OpenStore = () => Promise<Store>;

const PARTS: Record<string, (t: Test, store: Store, open: OpenStore) => Promise<void>> = {
  append: appendContract,
  idempotency: idempotencyContract,
  read: readContract,
  life: lifeContract,
  tenancy: tenancyContract,
  change: changeContract,
};

/** A history limit, where there is one, must be at least 10,000. */
export async function storeContract(t: Test, name: string, open: OpenStore): Promise<void> {
  for (const [part, contract] of Object.entries(PARTS)) {
    await t.test(`${name}: ${part}`, async (t) => {
      const store = await open();
      t.teardown(() => store.close());
      await contract(t, store, open);
    });
  }
}
