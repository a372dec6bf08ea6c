/** A kind of machine of EC2. */
export interface Machine {
  /** vCPUs. */
  readonly cpus: number;
  /** MB, as it is sold; a job gets less: see `usableMemory`. */
  readonly memory: number;
  readonly gpus: number;
  /** USD an hour on demand: Linux, us-east-1. Other regions cost up to half as much again, spot a third of it as a rule. */
  readonly usd: number;
}

type Row = readonly [size: string, cpus: number, gib: number, gpus: number, usd: number];

/** Sizes whose price grows as they do, from `large` with its two vCPUs to the largest one's multiple of `xlarge`. */
const sizes = (largeUsd: number, gibOfLarge: number, largest: 32 | 48): Row[] =>
  [1, 2, 4, 8, 16, 24, 32, 48, largest * 2].map((larges) => [
    ({ 1: 'large', 2: 'xlarge' } as Record<number, string>)[larges] ?? `${larges / 2}xlarge`,
    larges * 2,
    larges * gibOfLarge,
    0,
    larges * largeUsd,
  ]);

/**
 * What trainers run on. x86 alone: a queue of AWS Batch has one architecture, and images for GPUs are made for it.
 * Sources: the EC2 user guide, "Amazon EC2 instance types"; https://aws.amazon.com/ec2/pricing/on-demand/ (g5, c, m and r:
 * published 2026-09; g4dn, g6, g6e, p4d, p5: as third parties list them, 2026-07).
 */
const FAMILIES: Readonly<Record<string, readonly Row[]>> = {
  c6i: sizes(0.085, 4, 32),
  m6i: sizes(0.096, 8, 32),
  r6i: sizes(0.126, 16, 32),
  c7i: sizes(0.08925, 4, 48),
  m7i: sizes(0.1008, 8, 48),
  r7i: sizes(0.1323, 16, 48),
  g4dn: [
    ['xlarge', 4, 16, 1, 0.526],
    ['2xlarge', 8, 32, 1, 0.752],
    ['4xlarge', 16, 64, 1, 1.204],
    ['8xlarge', 32, 128, 1, 2.176],
    ['12xlarge', 48, 192, 4, 3.912],
    ['16xlarge', 64, 256, 1, 4.352],
    ['metal', 96, 384, 8, 7.824],
  ],
  g5: [
    ['xlarge', 4, 16, 1, 1.006],
    ['2xlarge', 8, 32, 1, 1.212],
    ['4xlarge', 16, 64, 1, 1.624],
    ['8xlarge', 32, 128, 1, 2.448],
    ['12xlarge', 48, 192, 4, 5.672],
    ['16xlarge', 64, 256, 1, 4.096],
    ['24xlarge', 96, 384, 4, 8.144],
    ['48xlarge', 192, 768, 8, 16.288],
  ],
  g6: [
    ['xlarge', 4, 16, 1, 0.8048],
    ['2xlarge', 8, 32, 1, 0.9776],
    ['4xlarge', 16, 64, 1, 1.3232],
    ['8xlarge', 32, 128, 1, 2.0144],
    ['12xlarge', 48, 192, 4, 4.6016],
    ['16xlarge', 64, 256, 1, 3.3968],
    ['24xlarge', 96, 384, 4, 6.6752],
    ['48xlarge', 192, 768, 8, 13.3504],
  ],
  g6e: [
    ['xlarge', 4, 32, 1, 1.861],
    ['2xlarge', 8, 64, 1, 2.24208],
    ['4xlarge', 16, 128, 1, 3.00424],
    ['8xlarge', 32, 256, 1, 4.52856],
    ['12xlarge', 48, 384, 4, 10.49264],
    ['16xlarge', 64, 512, 1, 7.57719],
    ['24xlarge', 96, 768, 4, 15.06559],
    ['48xlarge', 192, 1536, 8, 30.13118],
  ],
  p4d: [['24xlarge', 96, 1152, 8, 21.957642]],
  p5: [['48xlarge', 192, 2048, 8, 55.04]],
};

/** By its name, `g5.xlarge`; a family's in the order of their price. */
export const MACHINES: ReadonlyMap<string, Machine> = new Map(
  Object.entries(FAMILIES).flatMap(([family, rows]) =>
    rows
      .toSorted((one, other) => one[4] - other[4])
      .map(([size, cpus, gib, gpus, usd]) => [`${family}.${size}`, { cpus, memory: gib * 1024, gpus, usd }]),
  ),
);

/** The names of families: what a configuration may say instead of all their sizes. */
export const FAMILY_NAMES: readonly string[] = Object.keys(FAMILIES);
