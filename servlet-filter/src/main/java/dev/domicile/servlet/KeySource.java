package dev.domicile.servlet;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Fetches one published key over HTTP: bounded in time and size, and without redirects. */
final class KeySource {
  private static final Logger log = LoggerFactory.getLogger(KeySource.class);
  private static final Duration TIME_LIMIT = Duration.ofSeconds(3);
  private static final int MAXIMUM_BYTES = 16 * 1024;
  private static final int MINIMUM_BITS = 2048;
  private static final Pattern PEM =
      Pattern.compile("-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\\s]++)-----END PUBLIC KEY-----");

  private final HttpClient client =
      HttpClient.newBuilder()
          .connectTimeout(TIME_LIMIT)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();
  private final String baseUrl;

  KeySource(URI baseUrl) {
    requireSafe(baseUrl);
    this.baseUrl = baseUrl.toString().replaceFirst("/$", "");
  }

  /** The key, or nothing if there is none of that name; the name is fit to stand in a URL. */
  Optional<RSAPublicKey> fetch(String name) throws UnavailableException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(baseUrl + "/" + name)).timeout(TIME_LIMIT).build();
    HttpResponse<byte[]> answer = send(request);
    return switch (answer.statusCode()) {
      case 200 -> key(name, new String(answer.body(), StandardCharsets.UTF_8));
      case 404, 410 -> Optional.empty();
      default -> throw new UnavailableException("answered " + answer.statusCode());
    };
  }

  private HttpResponse<byte[]> send(HttpRequest request) throws UnavailableException {
    CompletableFuture<HttpResponse<byte[]>> answer =
        client.sendAsync(request, head -> new BoundedBody(MAXIMUM_BYTES));
    try {
      // The request's own limit ends when the head is there; this one counts the body too.
      return answer.get(TIME_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new UnavailableException("no answer within " + TIME_LIMIT);
    } catch (ExecutionException e) {
      throw new UnavailableException(String.valueOf(e.getCause()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException("interrupted");
    } finally {
      answer.cancel(true);
    }
  }

  private static Optional<RSAPublicKey> key(String name, String pem) {
    Matcher block = PEM.matcher(pem.strip());
    try {
      if (block.matches()) {
        byte[] encoded = Base64.getMimeDecoder().decode(block.group(1));
        if (KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(encoded))
                instanceof RSAPublicKey key
            && key.getModulus().bitLength() >= MINIMUM_BITS) {
          return Optional.of(key);
        }
      }
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      log.debug("Not an RSA key", e);
    }
    log.warn("What is published as '{}' is no public key of RSA with 2048 bits or more", name);
    return Optional.empty();
  }

  /** Keys that anybody on the way could replace prove nothing. */
  static void requireSafe(URI keys) {
    if (!"https".equals(keys.getScheme()) && !isThisMachine(keys)) {
      throw new IllegalArgumentException("the keys are at '" + keys + "', expected https");
    }
  }

  private static boolean isThisMachine(URI url) {
    try {
      return "http".equals(url.getScheme())
          && url.getHost() != null
          && InetAddress.getByName(url.getHost()).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }

  /** The keys cannot be fetched now. */
  static final class UnavailableException extends IOException {
    private static final long serialVersionUID = 1;

    UnavailableException(String message) {
      super(message);
    }
  }
}
