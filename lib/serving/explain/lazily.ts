import type { ObjectReader } from '#core/ports.ts';
import type { Backgrounds } from './background.ts';

/** Rows of the baselines of a store, which is opened, and the code that reads them loaded, once a row of one is needed. */
export function lazyBackgrounds(
  open: () => Pick<ObjectReader, 'get'> | Promise<Pick<ObjectReader, 'get'>>,
): Backgrounds {
  let opened: Promise<Backgrounds> | undefined;
  return async (manifest) => {
    if (manifest.baseline?.profile === undefined) return undefined;
    opened ??= Promise.all([open(), import('./baseline.ts')]).then(([store, { baselineBackgrounds }]) =>
      baselineBackgrounds(store),
    );
    opened.catch(() => (opened = undefined));
    return (await opened)(manifest);
  };
}
