#!/usr/bin/env bash
# Writes what a comparison found below the pull request, in place of what it found before.
set -euo pipefail

marker="<!-- clusterbench action: $NAME -->"
run=$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID
body=$FOLDER/body.md
{
  echo "$marker"
  cat "$FOLDER/comment.md"
  printf '\nThe page with the plots is the artifact *compare-%s* of [this run](%s).\n' "$NAME" "$run"
} >"$body"

comments=repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments
# Of the bot's own alone: anybody may write a comment that begins so.
before=$(gh api --paginate "$comments" \
  --jq ".[] | select(.user.type == \"Bot\" and (.body | startswith(\"$marker\"))) | .id" | head -n 1)
if [[ -n $before ]]; then
  gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$before" --field "body=@$body"
else
  gh api --silent --method POST "$comments" --field "body=@$body"
fi
