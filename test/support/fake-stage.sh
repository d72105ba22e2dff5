# Stands in for a stage's program: says what a stage says, with nothing but a shell. What it does is in $OPTIONS.
stage=$1
case $stage in sfm) key=1 ;; train) key=2 ;; view) key=3 ;; esac
key=000000000000000000000000000000000000000000000000000000000000000$key
marker=/storage/$SCENE_ID-$stage

summary() {
  case $stage in
    sfm) printf '{"images":5,"registered":4,"points":1234,"reprojection_px":0.65,"track_length":3.7}' ;;
    train) printf '{"steps":30,"gaussians":4000,"psnr":17.25,"ssim":0.51,"psnr_train":23,"psnr_baseline":14,"views":[{"name":"a b.jpg","psnr":17.25,"ssim":0.51}]}' ;;
    view) printf '{"verdict":"%s","checks":[{"name":"psnr","value":17.25,"limit":16.5,"passed":%s}]}' "$verdict" "$passed" ;;
  esac
}
result() {
  printf '{"event":"result","stage":"%s","key":"%s","skipped":%s,"seconds":1.5,"summary":%s}\n' "$stage" "$key" "$1" "$(summary)"
}
progress() {
  printf '{"event":"progress","stage":"%s","done":%s,"message":"%s"}\n' "$stage" "$1" "$2"
}

verdict=pass passed=true
case $OPTIONS in *'"mode":"verdict"'*) verdict=fail passed=false ;; esac
# What it was given, and what it sees, for the test to read.
seen() {
  echo "storage=$STORAGE frames=$FRAMES preset=$PRESET seed=$SEED options=$OPTIONS baseline=$BASELINE home=$HOME"
  echo "key=$IMAGE_KEY digest=$IMAGE_DIGEST"
  cat /proc/self/status /proc/net/dev
  [ -z "$FRAMES" ] || cat /frames/a.jpg
  [ -z "$BASELINE" ] || cat /baseline.json
}
case $STORAGE in
  file:*) seen >"/storage/seen-$stage" ;;
  *) printf '{"event":"notice","message":"%s %s %s %s"}\n' "$STORAGE" "$AWS_ACCESS_KEY_ID" "$AWS_ENDPOINT_URL" "$(cat "$HOME/.aws/config")" ;;
esac

if [ -e "$marker" ]; then
  printf '{"event":"stage","stage":"%s","key":"%s","skipped":true}\n' "$stage" "$key"
  result true
  exit 0
fi
printf '{"event":"stage","stage":"%s","key":"%s","skipped":false}\n' "$stage" "$key"
progress 0.25 'a quarter'
case $stage-$OPTIONS in
  sfm-*'"mode":"gate"'*)
    printf '{"event":"problem","code":"sfm/few-registered","message":"2 of 5 photographs registered","hint":"Take more."}\n'
    exit 3
    ;;
  sfm-*'"mode":"input"'*)
    printf '{"event":"problem","code":"sfm/unknown-option","message":"There is no option \\"mode\\".","hint":""}\n'
    exit 2
    ;;
  train-*'"mode":"silent"'*)
    echo 'out of luck' >&2
    exit 7
    ;;
  sfm-*'"mode":"garbage"'*)
    printf 'no json\n{"event":"progress","stage":"sfm","done":"half","message":1}\n[1]\n\n\033[31mred\033[0m\n'
    printf '{"event":"notice","message":"\\u001b[2Jcleared\\u0007 ::error::forged"}\n'
    printf '{"event":"progress","stage":"sfm","done":1e999,"message":"beyond"}\n'
    i=0
    while [ $i -lt 20 ]; do
      printf '%0200000d' 0
      i=$((i + 1))
    done
    printf '\n'
    ;;
  sfm-*'"mode":"wait"'*)
    trap 'echo saved >/storage/checkpoint; exit 143' TERM
    echo ready >/storage/waiting
    sleep 300 &
    wait
    ;;
  sfm-*'"mode":"deaf"'*)
    trap '' TERM
    echo ready >/storage/waiting
    sleep 300
    ;;
esac
progress 1 'everything'
if [ "$stage" = view ] && [ -d /storage ]; then
  mkdir -p "/storage/outputs/$SCENE_ID"
  echo '<title>a scene</title>' >"/storage/outputs/$SCENE_ID/viewer.html"
  echo '{"sfm":{},"train":{},"photographs":[]}' >"/storage/outputs/$SCENE_ID/report.json"
fi
[ ! -d /storage ] || echo done >"$marker"
result false
[ "$stage-$verdict" != view-fail ] || exit 3
