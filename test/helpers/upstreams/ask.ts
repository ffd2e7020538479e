/** RFC 6749, section 4.4. A server that cannot answer refuses nobody. */
export const askForToken = async (
  url: string,
  clientId: string,
  clientSecret: string,
): Promise<'accepted' | 'refused' | 'no answer'> => {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
  });
  try {
    const answer = await fetch(url, { method: 'POST', body });
    const text = await answer.text();
    if (answer.ok) return 'accepted';
    return answer.status < 500 && text.includes('invalid_client') ? 'refused' : 'no answer';
  } catch {
    return 'no answer';
  }
};
