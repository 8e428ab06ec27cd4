package dev.domicile.migrator.copy;

import dev.domicile.migrator.MigrationException.VerificationFailed;
import dev.domicile.migrator.session.CopyPipe;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Takes the hash of each row, which the source has put into a last column, off the row again and
 * adds it up, so that the source need not read the rows a second time to say what they are.
 */
final class HashedRows implements CopyPipe.Filter {
  private static final int SIGNATURE_AND_FLAGS = 15;
  private static final int HASH_FIELD = Integer.BYTES + Long.BYTES;

  private final boolean binary;
  private boolean begun;
  private long rows;
  private BigInteger sum = BigInteger.ZERO;
  private long exclusiveOr;

  /** Rows in COPY's binary or text format. */
  HashedRows(boolean binary) {
    this.binary = binary;
  }

  @Override
  public int keep(byte[] message) {
    return binary ? keepBinary(message) : keepText(message);
  }

  /** The digest of the rows that have gone through. */
  RowDigest digest() {
    return new RowDigest(rows, sum + ":" + exclusiveOr);
  }

  private int keepBinary(byte[] message) {
    ByteBuffer bytes = ByteBuffer.wrap(message);
    int row = 0;
    if (!begun) {
      // The first message begins with the header of the format, whose last part varies.
      row = SIGNATURE_AND_FLAGS + Integer.BYTES + bytes.getInt(SIGNATURE_AND_FLAGS);
      begun = true;
    }
    if (row == message.length || bytes.getShort(row) == -1) {
      return message.length;
    }
    int hash = message.length - HASH_FIELD;
    if (hash < row + Short.BYTES || bytes.getInt(hash) != Long.BYTES) {
      throw new VerificationFailed("a row came in another form than COPY's; nothing was kept");
    }
    bytes.putShort(row, (short) (bytes.getShort(row) - 1));
    add(bytes.getLong(hash + Integer.BYTES));
    return hash;
  }

  private int keepText(byte[] message) {
    int tab = message.length - 1;
    while (tab >= 0 && message[tab] != '\t') {
      tab--;
    }
    if (tab < 0) {
      throw new VerificationFailed("a row came in another form than COPY's; nothing was kept");
    }
    add(
        Long.parseLong(
            new String(message, tab + 1, message.length - tab - 1, StandardCharsets.US_ASCII)
                .strip()));
    message[tab] = '\n';
    return tab + 1;
  }

  private void add(long hash) {
    rows++;
    sum = sum.add(BigInteger.valueOf(hash));
    exclusiveOr ^= hash;
  }
}
