/** Open strings as MIDI notes, the string that a diagram draws on the left first. */
export const guitarTuning: readonly number[] = [40, 45, 50, 55, 59, 64]
export const ukuleleTuning: readonly number[] = [67, 60, 64, 69]
