// Sizes of the picture's parts in pixels at zoom 1.
export const CARD_WIDTH = 212;
export const CARD_HEIGHT = 66;
export const COLUMN = 268;
export const GAP = 14;
