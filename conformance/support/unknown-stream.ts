import type { Lab } from '../../harness/lab.ts';

/** The id of a stream that never was: a well-formed random UUID, from the check's seed. */
export function unknownStream({ random }: Pick<Lab, 'random'>): string {
  const hex = Array.from({ length: 32 }, () => random.int(0, 15).toString(16)).join('');
  const variant = random.pick(['8', '9', 'a', 'b']);
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, variant + hex.slice(17, 20), hex.slice(20)].join(
    '-',
  );
}
