/** A picture as pixels: 4 bytes each (red, green, blue, alpha not premultiplied), row by row from the top left. */
export interface Image {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}
