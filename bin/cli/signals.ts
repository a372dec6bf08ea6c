/** npm passes a Ctrl-C on that the terminal has given us already: what comes this soon is the same one, ms. */
const ECHO_MS = 500;

/** Resolves at the first SIGINT or SIGTERM; a later one ends the process at once, as if nobody listened. */
export function untilStopped(onFirst: () => void): Promise<void> {
  return new Promise((resolve) => {
    let firstAt: number | undefined;
    const stop = (signal: NodeJS.Signals): void => {
      if (firstAt === undefined) {
        firstAt = performance.now();
        onFirst();
        resolve();
      } else if (performance.now() - firstAt > ECHO_MS) {
        for (const each of ['SIGINT', 'SIGTERM']) process.removeAllListeners(each);
        // Not process.exit(): ONNX Runtime aborts when its threads are torn down in the middle of a run.
        process.kill(process.pid, signal);
      }
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  });
}
