package dev.domicile.simulator;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLSocketFactory;

/** Sends requests to the app, over connections of its own. */
final class AppClient {
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final int HTTPS_PORT = 443;
  private static final int HTTP_PORT = 80;

  private final HttpClient http;
  private final Duration timeout;

  /**
   * A client.
   *
   * @param timeout after which an answer is not waited for any more
   */
  AppClient(Duration timeout) {
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(CONNECT)
            .build();
    this.timeout = timeout;
  }

  HttpClient http() {
    return http;
  }

  /** Sends a request and reads the answer; what goes wrong is in the answer. */
  Answer send(Call call) {
    HttpRequest request = request(call);
    long started = System.nanoTime();
    // The client's own timeout ends with the headers; this one includes the body.
    CompletableFuture<HttpResponse<String>> sent =
        http.sendAsync(request, info -> new BoundedBody());
    try {
      HttpResponse<String> response = sent.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
      return new Answer(
          response.statusCode(), response.body(), response.headers(), since(started), null);
    } catch (TimeoutException e) {
      sent.cancel(true);
      return Answer.none("no answer within " + timeout.toMillis() + " ms", since(started));
    } catch (ExecutionException e) {
      return Answer.none("no answer: " + cause(e), since(started));
    } catch (InterruptedException e) {
      sent.cancel(true);
      Thread.currentThread().interrupt();
      throw ScenarioEndedException.failed("stopped while waiting for an answer");
    }
  }

  /**
   * Makes sure that something listens at a base URL.
   *
   * @throws RehearsalException if nothing does
   */
  void requireReachable(String realm, URI baseUrl) {
    try {
      connect(baseUrl).close();
    } catch (IOException e) {
      throw new RehearsalException(
          ExitCode.UNAVAILABLE,
          String.format(
              "the app cannot be reached at %s, the base URL of %s; start it, or correct %s",
              baseUrl,
              realm,
              realm.equals(Descriptor.GLOBAL) ? "--base-url" : "--region " + realm + "=URL"));
    }
  }

  /**
   * Sends a request and closes the connection without reading the answer, as a network does that
   * breaks in between.
   *
   * @param grace how long the app has to take the request in
   */
  Answer sendAndHangUp(Call call, Duration grace) {
    long started = System.nanoTime();
    try (Socket socket = connect(call.uri())) {
      OutputStream out = socket.getOutputStream();
      out.write(wire(call).getBytes(StandardCharsets.UTF_8));
      out.flush();
      TimeUnit.NANOSECONDS.sleep(grace.toNanos());
      return Answer.none("connection closed before the answer was read", since(started));
    } catch (IOException e) {
      return Answer.none("no answer: " + e.getClass().getSimpleName(), since(started));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw ScenarioEndedException.failed("stopped while sending a request");
    }
  }

  private static HttpRequest request(Call call) {
    String body = call.body();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(call.uri())
            .header("Accept", "application/json")
            .method(
                call.method(),
                body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (body != null) {
      request.header("Content-Type", "application/json");
    }
    if (call.token() != null) {
      request.header("Authorization", "JWT " + call.token());
    }
    return request.build();
  }

  private static Socket connect(URI uri) throws IOException {
    boolean secure = "https".equalsIgnoreCase(uri.getScheme());
    int port = uri.getPort() >= 0 ? uri.getPort() : secure ? HTTPS_PORT : HTTP_PORT;
    if (secure) {
      return SSLSocketFactory.getDefault().createSocket(uri.getHost(), port);
    }
    Socket socket = new Socket();
    socket.connect(new InetSocketAddress(uri.getHost(), port), (int) CONNECT.toMillis());
    return socket;
  }

  private static String wire(Call call) {
    String body = call.body() == null ? "" : call.body();
    String query = call.uri().getRawQuery() == null ? "" : "?" + call.uri().getRawQuery();
    return call.method()
        + " "
        + call.uri().getRawPath()
        + query
        + " HTTP/1.1\r\nHost: "
        + call.uri().getRawAuthority()
        + "\r\nAccept: application/json\r\nContent-Type: application/json\r\nContent-Length: "
        + body.getBytes(StandardCharsets.UTF_8).length
        + (call.token() == null ? "" : "\r\nAuthorization: JWT " + call.token())
        + "\r\n\r\n"
        + body;
  }

  private static String cause(ExecutionException error) {
    if (error.getCause() instanceof BoundedBody.TooLargeException) {
      return "the body is larger than " + BoundedBody.LIMIT + " bytes";
    }
    return error.getCause() == null ? "unknown" : error.getCause().getClass().getSimpleName();
  }

  private static Duration since(long started) {
    return Duration.ofNanos(System.nanoTime() - started);
  }
}
