// The colours of domains. A colour is a help, never the only sign: the domain's name is on every card.

const TONES = [
  ['#3b6fe8', '#7da2ff'],
  ['#0c8577', '#4fd1c0'],
  ['#c2410c', '#fb9a5c'],
  ['#7a3fc4', '#c49bff'],
  ['#2b7d3b', '#7fd68f'],
  ['#b0277f', '#ff9bd4'],
  ['#8a5a00', '#f2c063'],
  ['#0b6f9e', '#6cc8f5'],
  ['#6e5543', '#d3b8a3'],
  ['#55606e', '#b3bdca'],
];
const NEUTRAL = ['#7a8597', '#8591a5'];

/** `tones(names)` gives each name its colours: `of(name)` for style sheets, `of(name, dark)` for canvas and files. */
export function tones(names) {
  const sorted = [...new Set(names)].sort();
  const at = new Map(sorted.map((name, i) => [name, TONES[i % TONES.length]]));
  const of = (name, dark) => {
    const [light, darker] = at.get(name) ?? NEUTRAL;
    return dark === undefined ? `light-dark(${light}, ${darker})` : dark ? darker : light;
  };
  return { names: sorted, of };
}
