/** The routes that ask a model for a prediction. */
const INFERENCE = /^\/(?:v2\/models\/[^/]+(?:\/versions\/[^/]+)?\/infer|invocations)$/;

/** Whether a request is an inference request, which are the ones that are counted. */
export const isInference = ({ method, url }: Pick<Request, 'method' | 'url'>): boolean =>
  method === 'POST' && INFERENCE.test(new URL(url).pathname);
