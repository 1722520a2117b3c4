// The map's painter: points on the graphics card, drawn again only when something changed.

const MAP_VERTEX = `
  attribute vec2 place; attribute vec4 colour;
  uniform vec2 centre; uniform vec2 scale; uniform mediump float size;
  varying vec4 ink;
  void main() { ink = colour; gl_PointSize = size; gl_Position = vec4((place - centre) * scale, 0.0, 1.0); }`;
const MAP_FRAGMENT = `
  precision mediump float;
  varying vec4 ink; uniform float size;
  void main() {
    float alpha = ink.a * smoothstep(0.5, 0.5 - 1.5 / size, length(gl_PointCoord - 0.5));
    if (alpha == 0.0) discard;
    gl_FragColor = vec4(ink.rgb * alpha, alpha);
  }`;

// Gives null where there is no WebGL.
const mapPainter = (canvas, places, count) => {
  const gl = canvas.getContext("webgl", { antialias: false, premultipliedAlpha: true });
  if (!gl) return null;
  const program = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, MAP_VERTEX], [gl.FRAGMENT_SHADER, MAP_FRAGMENT]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) return null;
  gl.useProgram(program);
  gl.enable(gl.BLEND);
  gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  const upload = (name, data, width, type) => {
    const where = gl.getAttribLocation(program, name);
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ARRAY_BUFFER, data, gl.STATIC_DRAW);
    gl.enableVertexAttribArray(where);
    gl.vertexAttribPointer(where, width, type, true, 0, 0);
  };
  upload("place", places, 2, gl.UNSIGNED_SHORT);
  const [centre, scale, size] = ["centre", "scale", "size"].map((name) => gl.getUniformLocation(program, name));
  return {
    colours: (rgba) => upload("colour", rgba, 4, gl.UNSIGNED_BYTE),
    draw(view, pixels, diameter) {
      gl.viewport(0, 0, canvas.width, canvas.height);
      gl.clearColor(0, 0, 0, 0);
      gl.clear(gl.COLOR_BUFFER_BIT);
      gl.uniform2f(centre, view.x, view.y);
      gl.uniform2f(scale, (2 * pixels) / canvas.clientWidth, (-2 * pixels) / canvas.clientHeight);
      gl.uniform1f(size, diameter);
      gl.drawArrays(gl.POINTS, 0, count);
    },
  };
};
