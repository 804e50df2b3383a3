FROM python:3.11-slim AS build
WORKDIR /srv/facelab
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH
COPY requirements.txt requirements-service.txt constraints.txt ./
RUN pip install --no-cache-dir --requirement requirements.txt
COPY app.py gunicorn.conf.py ./
COPY bin bin
COPY facelab facelab
COPY models models
COPY static static
COPY templates templates
RUN bin/post_compile

FROM python:3.11-slim
RUN useradd --system --no-create-home facelab
COPY --from=build /venv /venv
COPY --from=build /srv/facelab /srv/facelab
WORKDIR /srv/facelab
ENV PATH=/venv/bin:$PATH PORT=8000
USER facelab
EXPOSE 8000
HEALTHCHECK --start-period=30s CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://localhost:' + os.environ['PORT'] + os.environ.get('SCRIPT_NAME', '') + '/healthz', timeout=5)"]
CMD ["gunicorn", "app:create_app()"]
