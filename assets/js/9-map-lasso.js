// Areas of the map: drawn by hand, written into addresses, and counted.

const MAP_CORNERS = 40; // of an area in an address, at most

const mapNumber = (value) => String(Number(value.toFixed(3)));
const writeMapArea = (corners) => corners.flat().map(mapNumber).join(",");
const readMapArea = (text) => {
  const numbers = (text ?? "").split(",").map(Number);
  const corners = Array.from({ length: Math.floor(numbers.length / 2) }, (_, i) => [numbers[2 * i], numbers[2 * i + 1]]);
  return corners.length >= 3 && corners.flat().every(Number.isFinite) ? corners : [];
};

// A line drawn by hand, thinned out evenly.
const thinned = (corners) => {
  const step = Math.max(1, Math.ceil(corners.length / MAP_CORNERS));
  return corners.filter((_, i) => i % step === 0);
};

// How many points lie inside, by the even-odd rule: as explorer/atlas/area.py does it.
const countInside = ({ xs, ys }, corners) => {
  let count = 0;
  for (let i = 0; i < xs.length; i++) {
    let odd = false;
    for (let a = 0, b = corners.length - 1; a < corners.length; b = a++) {
      const [[ax, ay], [bx, by]] = [corners[a], corners[b]];
      if (ys[i] < ay !== ys[i] < by && xs[i] < ax + ((ys[i] - ay) * (bx - ax)) / (by - ay)) odd = !odd;
    }
    count += odd;
  }
  return count;
};

const drawMapArea = (canvas, corners, toScreen) => {
  const pen = canvas.getContext("2d");
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.clearRect(0, 0, canvas.width, canvas.height);
  if (corners.length < 2) return;
  const accent = getComputedStyle(canvas).getPropertyValue("--accent");
  const dense = canvas.width / canvas.clientWidth;
  pen.scale(dense, dense);
  pen.beginPath();
  for (const corner of corners) pen.lineTo(...toScreen(corner));
  pen.closePath();
  pen.fillStyle = pen.strokeStyle = accent;
  pen.globalAlpha = 0.12;
  pen.fill();
  pen.globalAlpha = 1;
  pen.lineWidth = 1.5;
  pen.stroke();
};
