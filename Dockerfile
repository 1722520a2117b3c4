# The explorer with the built-in world; docker build --tag monoscope . && docker run --publish 127.0.0.1:7860:7860 monoscope
# Other commands: docker run monoscope study list, docker run monoscope atlas --help. Answers and models of the Hub lie in /data.
FROM python:3.12-slim

WORKDIR /app
RUN useradd --create-home monoscope && mkdir /data && chown monoscope /data

# Torch on Linux brings CUDA by this file, several gigabytes. For a host without a GPU: the CPU build of the same version, and
# `pip install -r requirements.txt -r requirements-study.txt -c constraints.txt` in place of this line.
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock

COPY LICENSE app.py monoscope.py ./
COPY explorer explorer
COPY precompute precompute
COPY assets assets

USER monoscope
ENV HOST=0.0.0.0 PORT=7860 HF_HOME=/data/hub MONOSCOPE_ANSWERS=/data/answers.sqlite MONOSCOPE_LOG=json PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 7860
HEALTHCHECK --start-period=60s --interval=30s --timeout=6s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:7860/healthz', timeout=5)"]
ENTRYPOINT ["python", "-m", "monoscope"]
CMD ["serve"]
