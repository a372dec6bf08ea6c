/** A column of what a model gets, gives, or has within: what monitoring looks at. */
export interface Feature {
  /**
   * Of a table the column's name, where the baseline tells it; else the tensor's, with the element behind it where a row
   * has several: `features[2]`. Of large tensors also what is computed of them: `image.mean`.
   */
  readonly name: string;
  readonly role: 'input' | 'prediction' | 'hidden';
}
