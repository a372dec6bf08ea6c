/** What `work` gives, or what `otherwise` gives or throws once `ms` have passed without it. `work` itself goes on. */
export async function within<T>(ms: number, work: Promise<T>, otherwise: () => T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.max(0, ms));
  }).then(otherwise);
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
