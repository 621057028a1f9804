# What compose.yaml puts behind and beside the gateway: a legacy application (Debian's DokuWiki)
# and a sink that checks and prints the events.

FROM debian:bookworm
WORKDIR /demo
RUN apt-get -q update \
	&& DEBIAN_FRONTEND=noninteractive apt-get -y -q --no-install-recommends install \
		dokuwiki php-cli php-mbstring php-xml \
	&& rm -rf /var/lib/apt/lists/* \
	&& useradd --system --uid 10001 --home-dir /demo --shell /usr/sbin/nologin demo \
	&& install -d -o demo -g demo /demo/sink /demo/secrets
COPY conf/demo conf/demo
COPY docker/sink.sh docker/
RUN conf/demo/dokuwiki.sh /demo/app && chown -R demo:demo /demo/app
USER demo
EXPOSE 8080
ENTRYPOINT ["php", "-d", "session.save_path=/demo/app/sessions", "-S"]
CMD ["0.0.0.0:8080", "-t", "/demo/app/wiki", "/demo/app/wiki/index.php"]
