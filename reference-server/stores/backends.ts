/** Where streams can live, by the name that options and variables take. Apart from what opens them: help loads no store. */
export const BACKENDS = ['memory', 'sqlite'] as const;
export type Backend = (typeof BACKENDS)[number];
