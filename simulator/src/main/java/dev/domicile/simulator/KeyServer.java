package dev.domicile.simulator;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.UUID;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;

/**
 * The public keys of signed installs, over HTTP as {@code connect-install-keys.atlassian.com} has
 * them: {@code GET /<kid>} answers with a PEM public key, and 404 where the kid is unknown. The key
 * is made anew for each server, with a kid of its own, since apps may cache keys by kid.
 */
final class KeyServer implements AutoCloseable {
  private static final int KEY_BITS = 2048;

  private final RSAKey key;
  private final String pem;
  private final Server server = new Server();
  private final ServerConnector connector = new ServerConnector(server, 1, 1);

  /**
   * Starts to serve.
   *
   * @param host the interface to listen on
   * @param port 0 for any that is free
   */
  KeyServer(String host, int port) {
    try {
      key = new RSAKeyGenerator(KEY_BITS).keyID(UUID.randomUUID().toString()).generate();
      pem = pem(key);
    } catch (JOSEException e) {
      throw new IllegalStateException("every Java platform makes RSA keys", e);
    }
    connector.setHost(host);
    connector.setPort(port);
    server.addConnector(connector);
    server.setHandler(new Keys());
    try {
      server.start();
    } catch (Exception e) {
      throw new RehearsalException(
          ExitCode.USAGE,
          "the keys cannot be served at " + host + ":" + port + "; choose another --keys-port");
    }
  }

  /** What an app under test is told to use instead of Atlassian's own. */
  URI baseUrl() {
    return URI.create("http://" + connector.getHost() + ":" + connector.getLocalPort());
  }

  /** The key pair, with its id. */
  RSAKey key() {
    return key;
  }

  /** The public half as it is served. */
  String pem() {
    return pem;
  }

  @Override
  public void close() {
    try {
      server.stop();
    } catch (Exception e) {
      throw new IllegalStateException("the key server does not stop", e);
    }
  }

  private static String pem(RSAKey key) throws JOSEException {
    String base64 =
        Base64.getMimeEncoder(64, new byte[] {'\n'})
            .encodeToString(key.toRSAPublicKey().getEncoded());
    return "-----BEGIN PUBLIC KEY-----\n" + base64 + "\n-----END PUBLIC KEY-----\n";
  }

  private final class Keys extends Handler.Abstract {
    @Override
    public boolean handle(Request request, Response response, Callback callback) {
      if (Request.getPathInContext(request).equals("/" + key.getKeyID())) {
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/x-pem-file");
        response.write(true, StandardCharsets.UTF_8.encode(pem), callback);
      } else {
        response.setStatus(HttpStatus.NOT_FOUND_404);
        Content.Sink.write(response, true, "no such key", callback);
      }
      return true;
    }
  }
}
