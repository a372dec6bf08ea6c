import type { Manifest } from '../../model/manifest.ts';
import type { Signature } from '../../model/signature.ts';
import type { InputReader, LoadedModel, LoadOptions, ObjectStore } from '../../ports.ts';
import type { Format } from '../../scoring/format.ts';
import type { LayoutOptions } from '../../scoring/layout.ts';
import type { InputFormat } from '../../scoring/shard.ts';
import type { CaptureKeys } from '../capture/keys.ts';
import type { Redaction } from '../capture/options.ts';

/** The version that a baseline is of: it need not be registered yet. */
export interface BaselineModel extends Partial<Pick<Manifest, 'labels' | 'task' | 'preprocess'>> {
  readonly name: string;
  readonly signature: Signature;
  readonly serving?: Pick<LoadOptions, 'threads' | 'exact'>;
  /** Open; where `hidden` is looked at, with that tensor among its outputs. */
  readonly model: Pick<LoadedModel, 'infer' | 'signature'>;
}

/** Which rows, how they are read, and what of them is looked at. */
export interface BaselineOptions extends Pick<LayoutOptions, 'columns' | 'drop' | 'missing'> {
  /** A file, or a prefix that ends in `/`: a path, `file:…` or `s3://…`. */
  readonly data: string;
  /** The column that holds the truth; of several, the first that is there, if any. @default - there is none, and concept drift is not looked at */
  readonly label?: string | readonly string[];
  /** Columns that are named and not there are passed over: what was said is said of other rows, too. @default false */
  readonly lenient?: boolean;
  /** The output that is the prediction. @default - the one that says one thing of a row */
  readonly output?: string;
  /** Features that are not kept as they are. @default - none is sensitive */
  readonly sensitive?: Readonly<Record<string, Redaction>>;
  /** What those are hashed with that are to be: as captured ones are. @default - these are left out */
  readonly keys?: CaptureKeys;
  /** A tensor within the graph. @default - none */
  readonly hidden?: string;
  /** Share of the rows that may be bad. @default 0.01 */
  readonly badRows?: number;
  /** Rows that are read, about; of more, shards all over the file are. @default 2,000,000 */
  readonly mostRows?: number;
  /** Milliseconds that it may take, about; shards are passed over lest it takes longer. @default - as long as it takes */
  readonly budgetMs?: number;
}

/** What it takes. */
export interface BaselineWorld {
  readonly store: ObjectStore;
  readonly formats: Readonly<Record<InputFormat, Format>>;
  inputs(url: string): Promise<InputReader>;
  /** Milliseconds that only go forward. */
  readonly now: () => number;
  /** Told of rows that were read, of about so many. @default - nobody */
  readonly onProgress?: (rows: number, of: number) => void;
}

export const DEFAULTS = { badRows: 0.01, mostRows: 2_000_000 } as const;
