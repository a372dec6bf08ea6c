import * as v from 'valibot';
import { fields, flag, listOf, oneOf, over, text, whole } from '#core/fields.ts';
import { type Conflict, consistent } from '#core/consistent.ts';
import { isOffered } from '#core/training/machines.ts';
import { FAMILY_NAMES } from '#core/training/prices.ts';
import { auth } from './model.ts';

const words = (what: string) => v.array(v.pipe(v.string(what), v.nonEmpty(what)), what);

const jwt = fields({
  /** Where the keys are found: the issuer's URL. */
  issuer: text(/^https:\/\/\S+$/, 'an https:// URL'),
  /** Whom the tokens are for; one of these. */
  audience: v.pipe(words('is to be a list of names'), v.nonEmpty('is to name at least one')),
});

const domain = fields({
  /** As clients write it: `models.example.com`. */
  name: text(/^(?=.{1,253}$)([a-z0-9-]+\.)+[a-z]{2,}$/, 'a domain name in lower case'),
  /** The ARN of a certificate of ACM, in the stage's region. */
  certificate: text(/^arn:[\w-]+:acm:/, "the ARN of a certificate, 'arn:aws:acm:…'"),
});

const throttle = fields({
  /** Requests a second. */
  rate: over(0, 1_000_000),
  /** Requests at once above the rate. */
  burst: whole(1, 1_000_000),
});

const cors = fields({
  /** Such as `https://app.example.com`; '*' is every page of the web. */
  origins: v.pipe(words('is to be a list of origins'), v.nonEmpty('is to name at least one')),
});

const usage = fields({
  /** Requests a month for each key. @default - no limit */
  monthlyQuota: v.optional(whole(1, 1_000_000_000)),
});

const apiFields = fields({
  /** 'rest' costs 3.5 times as much, and has API keys and the web application firewall. @default 'http' */
  type: v.optional(oneOf(['http', 'rest'])),
  /** Who may call. @default 'iam' */
  auth: v.optional(auth()),
  /** Needed where anything's `auth` is 'jwt'. */
  jwt: v.optional(jwt),
  domain: v.optional(domain),
  /** @default - 100 a second, 200 at once */
  throttle: v.optional(throttle),
  /** Pages of these origins may call. @default - no page of a browser may */
  cors: v.optional(cors),
  /** A line for each request, without its payload. @default true */
  accessLogs: v.optional(flag()),
  /** Callers need a key besides; `rest` only. @default - no keys */
  apiKeys: v.optional(usage),
  /** The ARN of a web ACL; `rest` only. @default - none */
  webAcl: v.optional(text(/^arn:[\w-]+:wafv2:/, "the ARN of a web ACL, 'arn:aws:wafv2:…'")),
});

/** Source: the API Gateway developer guide, "Choose between REST APIs and HTTP APIs". */
function conflictsOf({ type = 'http', auth: who, jwt: tokens, apiKeys, webAcl }: v.InferOutput<typeof apiFields>) {
  const conflicts: Conflict[] = [];
  if (type === 'http' && apiKeys) conflicts.push({ path: ['apiKeys'], message: "needs type: 'rest'" });
  if (type === 'http' && webAcl) conflicts.push({ path: ['webAcl'], message: "needs type: 'rest'" });
  if (type === 'rest' && tokens) conflicts.push({ path: ['jwt'], message: "needs type: 'http'" });
  if (who === 'jwt' && !tokens) {
    conflicts.push({ path: ['auth'], message: "is 'jwt', which needs jwt: { issuer, audience } beside it" });
  }
  return conflicts;
}

/** Source: the S3 user guide, "General purpose bucket naming rules". */
const bucket = text(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'the name of a bucket');

/** Executions at once that batch inference gets where nobody says. */
export const BATCH_CONCURRENCY = 20;

const batchFields = fields({
  /** Executions at once that are kept for batch inference, and that it cannot exceed. @default 20 */
  concurrency: v.optional(whole(1, 10_000)),
  /** MB of the worker; a CPU comes with each 1769. @default 1769 */
  memory: v.optional(whole(512, 10_240)),
  /** @default 'arm64' */
  architecture: v.optional(oneOf(['arm64', 'x86_64'])),
  /** MB of the worker's /tmp, for a model that is larger; over 512 it costs by the second. @default 512 */
  storage: v.optional(whole(512, 10_240)),
  /** Seconds that the worker may take for a shard. @default 900 */
  timeout: v.optional(whole(60, 900)),
  /** Buckets that inputs may lie in, besides the stage's own; they are only read. @default - none */
  buckets: v.optional(v.array(bucket, 'is to be a list of names of buckets')),
});

const releasesFields = fields({
  /** Shards of an evaluation at once. None is kept for it: an abort never waits. @default 10 */
  concurrency: v.optional(whole(1, 1000)),
  /** MB of the function; a CPU comes with each 1769. @default 1769 */
  memory: v.optional(whole(512, 10_240)),
  /** @default 'arm64' */
  architecture: v.optional(oneOf(['arm64', 'x86_64'])),
  /** MB of the function's /tmp, which champion and challenger share; over 512 it costs by the second. @default 512 */
  storage: v.optional(whole(512, 10_240)),
  /** Seconds that one task may take: a shard of an evaluation, or all gates. @default 900 */
  timeout: v.optional(whole(60, 900)),
  /** Buckets that held-out rows may lie in, besides the stage's own; they are only read. @default - none */
  buckets: v.optional(v.array(bucket, 'is to be a list of names of buckets')),
});

/** vCPUs at once of a queue of trainings that nobody says anything of. */
export const TRAINING_CPUS = 64;

const OFFERED = `is to be one of ${FAMILY_NAMES.join(', ')}, or a size of one of them, such as 'g5.xlarge'`;
const instanceType = v.pipe(v.string(OFFERED), v.check(isOffered, OFFERED));

const ownNetwork = fields({
  /** A VPC that is there already. */
  vpc: text(/^vpc-[0-9a-f]{8,17}$/, "the id of a VPC, 'vpc-…'"),
  /** Its subnets that machines start in; they have to reach ECS, ECR, CloudWatch Logs and S3. */
  subnets: listOf(text(/^subnet-[0-9a-f]{8,17}$/, "the id of a subnet, 'subnet-…'"), 'a list of ids of subnets'),
});

const network = v.lazy((input) =>
  typeof input === 'object' && input !== null
    ? ownNetwork
    : v.picklist(['public', 'private'], "is to be 'public', 'private', or { vpc, subnets }"),
);

const trainingFields = fields({
  /** Families of EC2, of which the smallest fitting sizes are taken, or sizes. @default - g4dn, g5, g6 for trainers with GPUs; c6i, m6i, r6i for others */
  instanceTypes: v.optional(listOf(instanceType, 'a list of families or sizes')),
  /** Spare machines first, at a third of the price as a rule, and those on demand where there are none. @default true */
  spot: v.optional(flag()),
  /** vCPUs that machines of a queue may have together. @default 64 */
  maxCpus: v.optional(whole(4, 100_000)),
  /** 'public': no machine can be reached from outside, and none costs anything idle. 'private': six endpoints, 44 USD a month. @default 'public' */
  network: v.optional(network as v.GenericSchema<'public' | 'private' | v.InferOutput<typeof ownNetwork>>),
  /** GB of a machine's disk: images, data, checkpoints. @default 100 */
  volume: v.optional(whole(30, 16_384)),
  /** Buckets that channels may lie in, besides the stage's own; what channels name there is only read. @default - none */
  buckets: v.optional(v.array(bucket, 'is to be a list of names of buckets')),
  /** MB of the function that checks and registers what was trained; a CPU comes with each 1769. @default 1769 */
  memory: v.optional(whole(512, 10_240)),
  /** Of that function; machines are x86_64. @default 'arm64' */
  architecture: v.optional(oneOf(['arm64', 'x86_64'])),
});

export const stage = fields({
  /** @default - the account of the credentials */
  account: v.optional(text(/^\d{12}$/, "an account's twelve digits in quotes")),
  /** @default - the region of the credentials */
  region: v.optional(text(/^[a-z]{2}(-[a-z]+)+-\d$/, "a region, such as 'eu-west-1'")),
  /** On everything that can carry them. */
  tags: v.optional(v.record(v.string(), v.string('is to be text'), 'is to be an object of texts')),
  api: v.optional(v.pipe(apiFields, consistent(conflictsOf))),
  /** Of the worker that scores files, where a model has `batch`. @default - as each field says */
  batch: v.optional(batchFields),
  /** Of the function that releases versions, where a model has `gates`. @default - as each field says */
  releases: v.optional(releasesFields),
  /** Of what trains models that have `training`; `{}` is enough. @default - nothing is trained there, `onnward train` trains on this machine */
  training: v.optional(trainingFields),
  /** The ARN of a KMS key that encrypts the registry; its monthly price is yours. @default - keys that S3 manages */
  encryptionKey: v.optional(text(/^arn:[\w-]+:kms:[\w-]+:\d{12}:key\//, "the ARN of a key, 'arn:aws:kms:…:key/…'")),
  /** Days that captured requests and answers are kept. @default 30 */
  captureRetention: v.optional(whole(1, 3653)),
  /** Whom alarms write to; each confirms once by a letter. @default - nobody */
  notify: v.optional(v.array(text(/^\S+@\S+\.\S+$/, 'an e-mail address'), 'is to be a list of e-mail addresses')),
  /** A CloudWatch dashboard, 3 USD a month after an account's first three. @default false */
  dashboard: v.optional(flag()),
});

/** One stage's entry of the configuration. */
export type StageConfig = v.InferOutput<typeof stage>;
export type ApiConfig = NonNullable<StageConfig['api']>;
