package dev.domicile.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;

/**
 * Signs {@code installed} and {@code uninstalled} calls in Atlassian's place, and publishes the key
 * over HTTP as Atlassian does.
 */
public final class InstallSigner implements AutoCloseable {
  private static final String NAME = "stand-in";
  private static final long LIFETIME_SECONDS = 900;

  private final KeyPair keys;
  private final HttpServer server;

  /** Makes a key and publishes it on a free port of this machine. */
  public InstallSigner() {
    this(0);
  }

  /**
   * Makes a key and publishes it on that port of this machine; 0 for any that is free.
   *
   * @throws UncheckedIOException if the port is taken
   */
  public InstallSigner(int port) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      keys = generator.generateKeyPair();
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
      server.createContext("/" + NAME, this::publish);
      server.start();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot publish a key", e);
    }
  }

  /** Where the key is published; its name follows after a slash. */
  public URI keysUrl() {
    return URI.create("http://localhost:" + server.getAddress().getPort());
  }

  /**
   * A token for one POST without a query.
   *
   * @param audience the app's base URL
   * @param path the path after that of the base URL
   */
  public String token(String clientKey, String audience, String path) {
    long now = Instant.now().getEpochSecond();
    String header = "{\"typ\":\"JWT\",\"alg\":\"RS256\",\"kid\":\"" + NAME + "\"}";
    String claims =
        "{\"iss\":\"%s\",\"aud\":[\"%s\"],\"iat\":%d,\"exp\":%d,\"qsh\":\"%s\"}"
            .formatted(clientKey, audience, now, now + LIFETIME_SECONDS, hash(path));
    String signed = encode(header.getBytes(UTF_8)) + "." + encode(claims.getBytes(UTF_8));
    try {
      Signature signature = Signature.getInstance("SHA256withRSA");
      signature.initSign(keys.getPrivate());
      signature.update(signed.getBytes(UTF_8));
      return signed + "." + encode(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }

  private void publish(HttpExchange exchange) throws IOException {
    byte[] pem =
        ("-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'})
                    .encodeToString(keys.getPublic().getEncoded())
                + "\n-----END PUBLIC KEY-----")
            .getBytes(UTF_8);
    try (exchange) {
      exchange.getResponseHeaders().set("Content-Type", "application/x-pem-file");
      exchange.sendResponseHeaders(200, pem.length);
      try (OutputStream out = exchange.getResponseBody()) {
        out.write(pem);
      }
    }
  }

  private static String hash(String path) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(("POST&" + path + "&").getBytes(UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String encode(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
