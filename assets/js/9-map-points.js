// The map's points, as explorer/ui/routes/map_points.py packs them: their places, their colours, and which is nearest.

const MAP_UNKNOWN = 255;
const MAP_GREY = [141, 139, 132];

const readMapPoints = (body) => {
  const count = new DataView(body).getUint32(0, true);
  let at = 4;
  const take = (Kind, length) => {
    const array = new Kind(body, at, length);
    at += array.byteLength;
    return array;
  };
  const points = { count, neuron: take(Uint32Array, count), place: take(Uint16Array, 2 * count) };
  for (const name of ["ms", "level", "density", "steer", "name"]) points[name] = take(Uint8Array, count);
  return points;
};

const mapChannels = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
const mapRamp = (stops, share) => {
  const place = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
  const below = Math.min(Math.floor(place), stops.length - 2);
  const [a, b] = [mapChannels(stops[below]), mapChannels(stops[below + 1])];
  return a.map((channel, i) => Math.round(channel + (b[i] - channel) * (place - below)));
};

// The colour of each value of a byte: [r, g, b, alpha].
const mapPalette = (by, told) =>
  Array.from({ length: 256 }, (_, value) => {
    if (by === "name") return value < told.groups.length ? [...mapChannels(told.names[value % told.names.length]), 235] : [...MAP_GREY, 90];
    if (value === MAP_UNKNOWN) return [...MAP_GREY, 90];
    if (by === "level") return [...mapRamp(told.heat, value / Math.max(1, told.levels - 1)), 220];
    return [...mapRamp(by === "ms" ? told.ms : told.heat, value / 254), 220];
  });

const mapColours = (points, by, told) => {
  const palette = mapPalette(by, told);
  const rgba = new Uint8Array(4 * points.count);
  for (let i = 0; i < points.count; i++) rgba.set(palette[points[by][i]], 4 * i);
  return rgba;
};

// Squares of the map with the points in each, so that the nearest is found among few.
const MAP_SQUARES = 64;
const mapSquares = (points) => {
  const squares = Array.from({ length: MAP_SQUARES ** 2 }, () => []);
  const square = (place) => Math.min(MAP_SQUARES - 1, Math.max(0, Math.floor(place * MAP_SQUARES)));
  const [xs, ys] = [new Float32Array(points.count), new Float32Array(points.count)];
  for (let i = 0; i < points.count; i++) {
    xs[i] = points.place[2 * i] / 65535;
    ys[i] = points.place[2 * i + 1] / 65535;
    squares[square(ys[i]) * MAP_SQUARES + square(xs[i])].push(i);
  }
  const nearest = (x, y, reach) => {
    let [best, found] = [reach * reach, -1];
    for (let row = square(y - reach); row <= square(y + reach); row++)
      for (let column = square(x - reach); column <= square(x + reach); column++)
        for (const i of squares[row * MAP_SQUARES + column]) {
          const away = (xs[i] - x) ** 2 + (ys[i] - y) ** 2;
          if (away < best) [best, found] = [away, i];
        }
    return found;
  };
  return { xs, ys, nearest };
};
