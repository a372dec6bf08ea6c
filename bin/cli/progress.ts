import { formatBytes, styleError } from './output.ts';

/** One line of stderr that is written over while long work goes on. */
export interface Progress {
  /** Bytes `done`, of `total` where that is known; `label` says of what. */
  update(label: string, done: number, total?: number): void;
  /** Takes the line away. */
  end(): void;
}

const SILENT: Progress = { update: () => undefined, end: () => undefined };
const BAR_CELLS = 24;
const REDRAW_MS = 50;
const CLEAR_LINE = '\r\u001b[2K';

/** A bar where a person watches a terminal; nothing in a pipe, in CI logs, or with --json. */
export function createProgress(json: boolean, stream: NodeJS.WriteStream = process.stderr): Progress {
  if (json || !stream.isTTY) return SILENT;
  let drawnAt = 0;
  return {
    update(label, done, total) {
      const now = performance.now();
      if (now - drawnAt < REDRAW_MS && done !== total) return;
      drawnAt = now;
      stream.write(CLEAR_LINE + progressLine(label, done, total));
    },
    end: () => void stream.write(CLEAR_LINE),
  };
}

/** `hashing model.onnx ████░░░░ 50 %  1.2 MB of 2.4 MB` */
function progressLine(label: string, done: number, total?: number): string {
  if (total === undefined) return `${label}  ${formatBytes(done)}`;
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const filled = Math.round(share * BAR_CELLS);
  const bar = styleError('cyan', '█'.repeat(filled)) + styleError('dim', '░'.repeat(BAR_CELLS - filled));
  return `${label} ${bar} ${Math.floor(share * 100)} %  ${formatBytes(done)} of ${formatBytes(total)}`;
}
