// Reads a JSON array of tasks and writes an array of what atlassian-jwt makes of them.
const jwt = require('atlassian-jwt');

const tasks = {
  sign: ({ method, url, base, claims, secret }) =>
    jwt.encodeSymmetric({ ...claims, qsh: hash(method, url, base) }, secret, 'HS256'),
  signInstall: ({ method, url, base, claims, privateKey, kid }) =>
    jwt.encodeAsymmetric({ ...claims, qsh: hash(method, url, base) }, privateKey, 'RS256', { kid }),
  verify: ({ method, url, base, token, secret }) => {
    const claims = jwt.decodeSymmetric(token, secret, 'HS256');
    return claims.qsh === hash(method, url, base) ? claims.iss : 'another request';
  },
};

function hash(method, url, base) {
  return jwt.createQueryStringHash(jwt.fromMethodAndUrl(method, url), false, base);
}

const chunks = [];
process.stdin.on('data', (chunk) => chunks.push(chunk));
process.stdin.on('end', () => {
  const answers = JSON.parse(Buffer.concat(chunks)).map((each) => {
    try {
      return String(tasks[each.task](each));
    } catch (e) {
      return `error: ${e.message}`;
    }
  });
  process.stdout.write(JSON.stringify(answers));
});
