/** Onnward's own version, as package.json has it; written out, so that no handler has to carry that file. */
export const VERSION = '0.1.0';
