package dev.domicile.testkit;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One connection over a proxy, in the messages of Postgres' protocol.
 *
 * <p>What the client says up to the message that asks for an answer is one exchange and passes as a
 * whole or not at all. Of the answer, everything from the word that a command is complete waits
 * until the server is ready again, so that the client has not heard of what it is cut off from.
 */
final class Conversation {
  private final String name;
  private final Socket client;
  private final Socket server;
  private final StatementProxy.Faults faults;
  private final Map<String, String> prepared = new HashMap<>();
  private String lastWork = "";
  private String copy = "";
  // What the client has said and the server has not answered yet.
  private volatile String open = "";

  Conversation(String name, Socket client, Socket server, StatementProxy.Faults faults) {
    this.name = name;
    this.client = client;
    this.server = server;
    this.faults = faults;
  }

  /** Relays what the client says, until the connection ends or is cut. */
  void toServer() throws IOException {
    DataInputStream in = new DataInputStream(client.getInputStream());
    OutputStream out = server.getOutputStream();
    out.write(Greeting.read(in, client.getOutputStream()));
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    List<String> statements = new ArrayList<>();
    Message message = Message.read(in);
    while (message != null) {
      statementOf(message).filter(text -> !text.isBlank()).ifPresent(statements::add);
      message.writeTo(said);
      if (!message.isPartOfExchange()) {
        if (!statements.isEmpty()) {
          String exchange = name(statements);
          statements.clear();
          if (faults.strike(new StatementProxy.Point(name, exchange, false))) {
            return;
          }
          open = exchange;
        }
        said.writeTo(out);
        said.reset();
      }
      message = Message.read(in);
    }
  }

  /** Relays what the server says, until the connection ends or is cut. */
  void toClient() throws IOException {
    DataInputStream in = new DataInputStream(server.getInputStream());
    OutputStream out = client.getOutputStream();
    ByteArrayOutputStream held = new ByteArrayOutputStream();
    Message message = Message.read(in);
    while (message != null) {
      message.writeTo(held);
      if (message.endsExchange()) {
        String exchange = open;
        open = "";
        if (!exchange.isEmpty() && faults.strike(new StatementProxy.Point(name, exchange, true))) {
          return;
        }
      }
      boolean waits =
          !open.isEmpty() && (message.completesCommand() || held.size() > message.size());
      if (!waits) {
        held.writeTo(out);
        held.reset();
      }
      message = Message.read(in);
    }
  }

  private Optional<String> statementOf(Message message) {
    switch (message.type()) {
      case 'Q' -> {
        copy = StatementText.of(message.text(0));
        return Optional.of(copy);
      }
      case 'P' -> {
        prepared.put(message.text(0), StatementText.of(message.text(1)));
        return Optional.empty();
      }
      case 'B' -> {
        @Nullable String text = prepared.get(message.text(1));
        return Optional.of((text == null ? "" : text) + StatementText.states(message.parameters()));
      }
      case 'c' -> {
        return Optional.of("end of " + copy);
      }
      default -> {
        return Optional.empty();
      }
    }
  }

  /** Statements that begin and end transactions are told apart by the work between them. */
  private String name(List<String> statements) {
    List<String> distinct = statements.stream().distinct().toList();
    String text = String.join("; ", distinct);
    if (distinct.stream().allMatch(StatementText::controlsTransaction)) {
      return text + " after " + lastWork;
    }
    lastWork = text;
    return text;
  }
}
